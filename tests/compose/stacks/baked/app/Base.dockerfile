FROM gt/box
RUN echo base > /base
